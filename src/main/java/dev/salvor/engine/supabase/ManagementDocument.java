package dev.salvor.engine.supabase;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the Management API tells of a project, each by one question.
 *
 * @see <a href="https://api.supabase.com/api/v1">Management API</a>
 */
public enum ManagementDocument {
  PROJECT("project", "", "projects:read", Presence.ALWAYS),
  AUTH("auth", "/config/auth", "auth:read", Presence.ALWAYS),
  SIGNING_KEYS("signing-keys", "/config/auth/signing-keys", "auth:read", Presence.PERHAPS),
  SSO_PROVIDERS("sso-providers", "/config/auth/sso/providers", "auth:read", Presence.PERHAPS),
  THIRD_PARTY_AUTH(
      "third-party-auth", "/config/auth/third-party-auth", "auth:read", Presence.PERHAPS),
  POSTGREST("postgrest", "/postgrest", "rest:read", Presence.ALWAYS),
  POSTGRES("postgres", "/config/database/postgres", "database:read", Presence.ALWAYS),
  POOLER("pooler", "/config/database/pooler", "database:read", Presence.PERHAPS),
  STORAGE("storage", "/config/storage", "storage:read", Presence.ALWAYS),
  BUCKETS("buckets", "/storage/buckets", "storage:read", Presence.PERHAPS),
  REALTIME("realtime", "/config/realtime", "projects:read", Presence.PERHAPS),
  NETWORK_RESTRICTIONS(
      "network-restrictions", "/network-restrictions", "projects:read", Presence.PERHAPS),
  SSL_ENFORCEMENT("ssl-enforcement", "/ssl-enforcement", "database:read", Presence.PERHAPS),
  CUSTOM_HOSTNAME("custom-hostname", "/custom-hostname", "domains:read", Presence.PERHAPS),
  VANITY_SUBDOMAIN("vanity-subdomain", "/vanity-subdomain", "domains:read", Presence.PERHAPS),
  SECRETS("secrets", "/secrets", "secrets:read", Presence.ALWAYS),
  API_KEYS("api-keys", "/api-keys?reveal=true", "secrets:read", Presence.ALWAYS),
  VAULT_KEY("pgsodium", "/pgsodium", "secrets:read", Presence.PERHAPS),
  BRANCHES("branches", "/branches", "environment:read", Presence.PERHAPS),
  BACKUPS("backups", "/database/backups", "database:read", Presence.PERHAPS);

  /** Whether every project has it, or only some plans and settings. */
  enum Presence {
    ALWAYS,
    PERHAPS
  }

  private final String text;
  private final String path;
  private final String right;
  private final Presence presence;

  ManagementDocument(String text, String path, String right, Presence presence) {
    this.text = text;
    this.path = path;
    this.right = right;
    this.presence = presence;
  }

  /** What its file is called. */
  public String text() {
    return text;
  }

  /** The one of a text; empty where there is none. */
  public static Optional<ManagementDocument> of(String text) {
    return Stream.of(values()).filter(document -> document.text.equals(text)).findFirst();
  }

  /** Below the project. */
  String path() {
    return path;
  }

  /** What a token must be allowed. */
  String right() {
    return right;
  }

  /** Whether a project may be without. */
  boolean mayLack() {
    return presence == Presence.PERHAPS;
  }
}
