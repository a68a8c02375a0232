package dev.salvor.task;

import dev.salvor.api.Model;

/**
 * What is known of a raw block device.
 *
 * @param sha256 of all its bytes, in hexadecimal digits
 */
@Model
public record DeviceFacts(long sizeBytes, String sha256) {}
