package dev.salvor.api;

/** Patterns and bounds that several kinds share. Every string in a schema is bounded. */
final class Names {
  static final String GROUP = "salvor.dev";
  static final String VERSION = "v1alpha1";

  /** RFC 1123 subdomain, as Kubernetes names objects. */
  static final String DNS_SUBDOMAIN =
      "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

  static final int DNS_SUBDOMAIN_LENGTH = 253;

  /**
   * What makes pods and can be scaled, as kubectl names it; or what Compose or Docker calls a
   * container, which has no slash.
   */
  static final String SERVICE =
      "^((Deployment|StatefulSet)/[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*|"
          + "[a-zA-Z0-9][a-zA-Z0-9_.-]*)$";

  static final int SERVICE_LENGTH = 265;

  /** A key of a Secret, as the API server accepts it. */
  static final String SECRET_KEY = "^[-._a-zA-Z0-9]+$";

  /** PostgreSQL cuts identifiers at NAMEDATALEN - 1 bytes. */
  static final int POSTGRES_IDENTIFIER_LENGTH = 63;

  /** PostgreSQL takes nearly anything as a name; what cannot be shown or passed on is refused. */
  static final String POSTGRES_IDENTIFIER = "^[^\\x00-\\x1f\\x7f]+$";

  /**
   * A path below a store's root. No segment begins with a dot or a dash, so that none leads out of
   * the store ({@code ..}) or reads like an option.
   */
  static final String STORE_PATH = "^[a-zA-Z0-9_][-a-zA-Z0-9._]*(/[a-zA-Z0-9_][-a-zA-Z0-9._]*)*$";

  static final int STORE_PATH_LENGTH = 512;

  /** URL of an S3 server. */
  static final String ENDPOINT = "^https?://[-a-zA-Z0-9.:]+(/[-a-zA-Z0-9._]+)*/?$";

  static final int ENDPOINT_LENGTH = 512;

  static final String REGION = "^[-a-z0-9]+$";

  static final int REGION_LENGTH = 64;

  /**
   * RFC 3339 with a zone. The format {@code date-time} alone lets forms pass that {@link
   * java.time.Instant} cannot read, and an object that cannot be read stops an informer.
   */
  static final String TIME =
      "^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?"
          + "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$";

  /** Value of a label (RFC 1123 label with dots and underscores, or empty). */
  static final String LABEL_VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";

  static final int LABEL_VALUE_LENGTH = 63;

  /** A recovery point's id: the run's time and a random tail, made by the worker. */
  static final String RECOVERY_POINT_ID = "^[0-9]{8}t[0-9]{6}z-[a-z0-9]{6}$";

  /** An absolute path of this machine; what cannot be shown is refused. */
  static final String FOLDER = "^/[^\\x00-\\x1f\\x7f]+$";

  static final int FOLDER_LENGTH = 1024;

  /** Of one of many in a Task, which is an environment variable: up to four bytes a character. */
  static final int PLACE_LENGTH = 512;

  /** Of one of many in a Task too, which names the claim beside it. */
  static final int SUB_PATH_LENGTH = 256;

  /** Of a field {@code path} that may be left out: it names a folder in one way only. */
  static final String FOLDER_RULE =
      "!has(self.path) || (!self.path.matches('/[.]{0,2}(/|$)') && !self.path.matches('^/+$'))";

  static final String FOLDER_MESSAGE =
      "path must name a folder: no . or .. in it, no two slashes, none at its end";

  /** A path below a root. */
  static final String RELATIVE_PATH = "^[^/\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$";

  /** A name in a folder; Linux takes 255 bytes. */
  static final String FILE_NAME = "^[^/\\x00-\\x1f\\x7f]+$";

  static final int FILE_NAME_LENGTH = 255;

  /** A bucket or tenant of Storage: a folder that leads nowhere else. */
  static final String STORAGE_FOLDER = "^[a-zA-Z0-9_][-a-zA-Z0-9_.]*$";

  /** As container runtimes read it: registry, path, tag or digest; nothing that is whitespace. */
  static final String IMAGE = "^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$";

  static final int IMAGE_LENGTH = 512;

  /** A container, a volume or a project of Docker; its own rule. */
  static final String DOCKER = "^[a-zA-Z0-9][a-zA-Z0-9_.-]*$";

  /** A volume is a folder of its name. */
  static final int DOCKER_LENGTH = 255;

  /** A pattern of names; brackets and braces would have to be balanced, and are not offered. */
  static final String GLOB = "^[^/\\x00-\\x1f\\x7f\\[\\]{}\\\\][^\\x00-\\x1f\\x7f\\[\\]{}\\\\]*$";

  static final int GLOB_LENGTH = 256;

  private Names() {}
}
