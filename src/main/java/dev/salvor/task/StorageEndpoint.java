package dev.salvor.task;

import dev.salvor.api.Model;

/**
 * Where Storage answers to S3, each of its buckets as one of S3's.
 *
 * @param endpoint its URL
 */
@Model
public record StorageEndpoint(String endpoint, String region) {}
