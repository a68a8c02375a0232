package dev.salvor.engine.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which settings of a document of the Management API are set anew. The API shows secrets redacted
 * or hashed: none is ever written back, and what would be on without its secret stays as it is.
 *
 * @param changes by field
 * @param toEnterAnew fields that hold secrets at the source
 * @param leftOut fields that differ and stay as they are, for want of a secret or since they are
 *     not to be written
 */
public record ConfigurationChanges(
    Map<String, JsonNode> changes, List<String> toEnterAnew, List<String> leftOut) {
  private static final Pattern SECRET =
      Pattern.compile(".*(_secrets?|_pass|_password|_token|_key|_keys)|sms_test_otp");

  /**
   * Only these are the project's own choice; all else of these documents is a plan's, or a secret.
   */
  private static final Map<ManagementDocument, Set<String>> WRITABLE =
      Map.of(
          ManagementDocument.POSTGREST,
          Set.of("db_schema", "max_rows", "db_extra_search_path", "db_pool"),
          ManagementDocument.STORAGE,
          Set.of("fileSizeLimit"),
          ManagementDocument.REALTIME,
          Set.of("private_only"));

  /** Documents that are written to at all, in this order. */
  public static final List<ManagementDocument> DOCUMENTS =
      List.of(
          ManagementDocument.AUTH,
          ManagementDocument.POSTGREST,
          ManagementDocument.STORAGE,
          ManagementDocument.REALTIME);

  /** Documents that are not, of which it is said where they have something. */
  public static final List<ManagementDocument> LEFT =
      List.of(
          ManagementDocument.POSTGRES,
          ManagementDocument.POOLER,
          ManagementDocument.NETWORK_RESTRICTIONS,
          ManagementDocument.SSL_ENFORCEMENT,
          ManagementDocument.CUSTOM_HOSTNAME,
          ManagementDocument.VANITY_SUBDOMAIN,
          ManagementDocument.SSO_PROVIDERS,
          ManagementDocument.THIRD_PARTY_AUTH);

  /** Of one document: as it was kept, and as it is there. */
  public static ConfigurationChanges of(
      ManagementDocument document, JsonNode kept, JsonNode there) {
    var changes = new LinkedHashMap<String, JsonNode>();
    var secrets = new ArrayList<String>();
    var leftOut = new ArrayList<String>();
    var writable = WRITABLE.get(document);
    for (var field : fields(kept).entrySet()) {
      var name = field.getKey();
      var value = field.getValue();
      if (isSecret(name)) {
        if (isSet(value) && !isSet(there.path(name))) {
          secrets.add(name);
        }
      } else if (!value.equals(there.path(name)) && (writable == null || writable.contains(name))) {
        // An empty text is said, too: it is how an API or a list is turned off.
        if (value.isNull() || there.path(name).isMissingNode() || !value.isValueNode()) {
          leftOut.add(name);
        } else {
          changes.put(name, value);
        }
      }
    }
    for (var secret : secrets) {
      changes
          .keySet()
          .removeIf(
              name -> {
                var waits = waitsFor(name, secret, changes.getOrDefault(name, NullNode.instance));
                if (waits) {
                  leftOut.add(name);
                }
                return waits;
              });
    }
    return new ConfigurationChanges(changes, secrets, leftOut);
  }

  /** Those of the changes that are still not so. */
  public List<String> missing(JsonNode there) {
    return changes.entrySet().stream()
        .filter(change -> !change.getValue().equals(there.path(change.getKey())))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static Map<String, JsonNode> fields(JsonNode document) {
    var fields = new TreeMap<String, JsonNode>();
    document.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    return fields;
  }

  private static boolean isSecret(String name) {
    return SECRET.matcher(name).matches();
  }

  private static boolean isSet(@Nullable JsonNode value) {
    return value != null
        && !value.isMissingNode()
        && !value.isNull()
        && !(value.isTextual() && value.asText().isEmpty());
  }

  /** Whether a setting does harm while a secret is not there. */
  private static boolean waitsFor(String name, String secret, JsonNode value) {
    if (secret.startsWith("smtp_")) {
      return name.startsWith("smtp_");
    }
    if (secret.startsWith("sms_")) {
      return name.equals("sms_provider") || name.equals("external_phone_enabled");
    }
    return value.asBoolean() && name.equals(secret.replaceFirst("_secrets?$", "") + "_enabled");
  }
}
