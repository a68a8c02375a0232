package dev.salvor.api;

/** Patterns and bounds that several kinds share. Every string in a schema is bounded. */
final class Names {
  static final String GROUP = "salvor.dev";
  static final String VERSION = "v1alpha1";

  /** RFC 1123 subdomain, as Kubernetes names objects. */
  static final String DNS_SUBDOMAIN = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

  static final int DNS_SUBDOMAIN_LENGTH = 253;

  /** A key of a Secret, as the API server accepts it. */
  static final String SECRET_KEY = "^[-._a-zA-Z0-9]+$";

  /** PostgreSQL cuts identifiers at NAMEDATALEN - 1 bytes. */
  static final int POSTGRES_IDENTIFIER_LENGTH = 63;

  /** A recovery point's id: the run's time and a random tail, made by the worker. */
  static final String RECOVERY_POINT_ID = "^[0-9]{8}t[0-9]{6}z-[a-z0-9]{6}$";

  private Names() {}
}
