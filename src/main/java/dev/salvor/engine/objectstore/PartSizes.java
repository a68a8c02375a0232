package dev.salvor.engine.objectstore;

/**
 * How a body is cut into the parts that are sent, each of which is in memory once. Amazon's S3
 * takes parts of 5 MiB to 5 GiB, 10,000 of one object (S3 user guide, "Amazon S3 multipart upload
 * limits").
 *
 * @param sizeBytes of the body
 * @param partBytes of each part but the last
 */
public record PartSizes(long sizeBytes, long partBytes) {
  private static final long MEBIBYTE = 1 << 20;
  private static final long MOST_PARTS = 10_000;

  /** Bodies up to that are sent in one piece, and are named by their MD5. */
  public static final long WHOLE_BYTES = 8 * MEBIBYTE;

  /** A worker in a container has a heap of 160 MiB. */
  private static final long LARGEST_PART = 64 * MEBIBYTE;

  /** Larger ones are not put: 625 GiB; Supabase itself takes 500 GB. */
  public static final long LARGEST_BODY = MOST_PARTS * LARGEST_PART;

  /** Those of a body, the same each time. */
  public static PartSizes of(long sizeBytes) {
    var least = Math.ceilDiv(sizeBytes, MOST_PARTS);
    return new PartSizes(
        sizeBytes, Math.max(WHOLE_BYTES, Math.ceilDiv(least, MEBIBYTE) * MEBIBYTE));
  }

  /** Whether it is sent in one piece. */
  public boolean isWhole() {
    return sizeBytes <= WHOLE_BYTES;
  }
}
