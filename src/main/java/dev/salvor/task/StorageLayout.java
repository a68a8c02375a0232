package dev.salvor.task;

import dev.salvor.api.Model;
import dev.salvor.api.StorageVersions;

/**
 * Where Storage lays an object below its place: bucket, tenant, the object's own bucket, its name,
 * its version.
 *
 * @param bucket GLOBAL_S3_BUCKET of the service, which is a folder where its backend is file
 * @param tenant TENANT_ID
 */
@Model
public record StorageLayout(String bucket, String tenant, StorageVersions versions) {}
