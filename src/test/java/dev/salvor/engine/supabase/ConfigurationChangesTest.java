package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which settings are written to a project, and that no secret is. */
class ConfigurationChangesTest {
  private static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ConfigurationChanges auth(String kept, String there) {
    return ConfigurationChanges.of(ManagementDocument.AUTH, json(kept), json(there));
  }

  @Test
  void whatDiffersIsSetAndReadBack() {
    var changes =
        auth(
            "{'site_url': 'https://a', 'jwt_exp': 3600, 'db_schema': '', 'gone': 1, 'list': [1],"
                + " 'unset': null}",
            "{'site_url': 'https://b', 'jwt_exp': 3600, 'db_schema': 'public', 'list': [], 'unset':"
                + " 1}");

    // Without a schema the Data API is off.
    assertThat(changes.changes()).containsOnlyKeys("site_url", "db_schema");
    // What the project does not know, or is no single value, stays; and so does what was unset.
    assertThat(changes.leftOut()).containsExactly("gone", "list", "unset");
    assertThat(changes.missing(json("{'site_url': 'https://b', 'db_schema': ''}")))
        .containsExactly("site_url");
    assertThat(changes.missing(json("{'site_url': 'https://a', 'db_schema': ''}"))).isEmpty();
  }

  /** Shown hashed or redacted: as a value it would be another. */
  @ParameterizedTest
  @CsvSource({
    "smtp_pass",
    "external_google_secret",
    "hook_send_sms_secrets",
    "sms_twilio_auth_token",
    "sms_messagebird_access_key",
    "security_captcha_secret",
    "sms_test_otp",
    "nimbus_oauth_client_secret"
  })
  void noSecretIsWrittenBack(String field) {
    var changes = auth("{'%s': 'shown'}".formatted(field), "{'%s': ''}".formatted(field));

    assertThat(changes.changes()).isEmpty();
    assertThat(changes.toEnterAnew()).containsExactly(field);
    // Entered before, it is nobody's task any more.
    assertThat(
            auth("{'%s': 'shown'}".formatted(field), "{'%s': 'x'}".formatted(field)).toEnterAnew())
        .isEmpty();
  }

  /** It would be on without its secret: nobody could log in, or no mail would be sent. */
  @ParameterizedTest
  @CsvSource({
    "external_google_enabled, true, external_google_secret",
    "hook_send_sms_enabled, true, hook_send_sms_secrets",
    "security_captcha_enabled, true, security_captcha_secret",
    "smtp_host, 'mail', smtp_pass",
    "sms_provider, 'twilio', sms_twilio_auth_token",
    "external_phone_enabled, true, sms_twilio_auth_token"
  })
  void whatNeedsASecretWaitsForIt(String field, String value, String secret) {
    var quoted = value.equals("true") ? value : "'" + value + "'";
    var kept = "{'%s': %s, '%s': 'shown', 'jwt_exp': 9}".formatted(field, quoted, secret);
    var there = "{'%s': %s, '%s': '%s', 'jwt_exp': 1}";
    var other = value.equals("true") ? "false" : "'other'";

    var waiting = auth(kept, there.formatted(field, other, secret, ""));
    assertThat(waiting.changes()).containsOnlyKeys("jwt_exp");
    assertThat(waiting.leftOut()).containsExactly(field);

    assertThat(auth(kept, there.formatted(field, other, secret, "entered")).changes())
        .containsOnlyKeys(field, "jwt_exp");
  }

  @Test
  void ofOtherDocumentsOnlyWhatIsTheProjectsOwnChoice() {
    assertThat(
            ConfigurationChanges.of(
                    ManagementDocument.POSTGREST,
                    json("{'db_schema': 'api', 'max_rows': 5, 'jwt_secret': 's', 'other': 1}"),
                    json("{'db_schema': 'public', 'max_rows': 5, 'jwt_secret': 't', 'other': 2}"))
                .changes())
        .containsOnlyKeys("db_schema");
    assertThat(
            ConfigurationChanges.of(
                    ManagementDocument.REALTIME,
                    json("{'private_only': true, 'max_concurrent_users': 500}"),
                    json("{'private_only': false, 'max_concurrent_users': 200}"))
                .changes())
        .containsOnlyKeys("private_only");
  }
}
