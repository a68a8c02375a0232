package dev.salvor.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.salvor.api.Json;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.cli.source.Call;
import dev.salvor.cli.source.ClusterApi;
import dev.salvor.cli.source.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Looks at a cluster under the rights of whoever asks. */
public final class ClusterDoctor {
  private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1";
  private static final String APPS = "/apis/apps/v1";
  private static final String AUTHORIZATION = "/apis/authorization.k8s.io/v1";
  private static final String GROUP = "salvor.dev";

  private final ClusterApi api;
  private final Resources resources;
  private final String version;

  public ClusterDoctor(ClusterApi api, Resources resources, String version) {
    this.api = api;
    this.resources = resources;
    this.version = version;
  }

  /**
   * All findings, in the order in which things depend on each other.
   *
   * @throws CommandFailed if the API server cannot be asked at all
   */
  public List<Finding> findings() {
    var place = api.place();
    var findings = new ArrayList<Finding>();
    var server = api.get(new Call("get", "", "version", null, null, null, ""));
    findings.add(
        Finding.good(
            "API server",
            "%s, context %s, Kubernetes %s"
                .formatted(place.server(), place.context(), server.path("gitVersion").asText())));
    ShownKind.all().forEach(kind -> findings.add(definition(kind)));
    findings.addAll(operator());
    findings.addAll(rights());
    findings.addAll(state());
    return List.copyOf(findings);
  }

  private Finding definition(ShownKind kind) {
    var name = kind.plural() + "." + GROUP;
    try {
      var installed =
          api.find(Call.get(DEFINITIONS, "customresourcedefinitions", null, name))
              .orElse(MissingNode.getInstance());
      return CrdCheck.of(kind.plural(), installed, kind.wholeDefinition());
    } catch (CommandFailed failed) {
      return mayNotLook("CRD " + kind.plural(), failed);
    }
  }

  private List<Finding> operator() {
    try {
      var deployments =
          api.get(
              Call.list(APPS, "deployments", null)
                  .query("labelSelector=app.kubernetes.io%2Fname%3Dsalvor"));
      return OperatorCheck.of(deployments.path("items").valueStream().toList(), version);
    } catch (CommandFailed failed) {
      return List.of(mayNotLook("operator", failed));
    }
  }

  private List<Finding> rights() {
    var wanted =
        Stream.concat(
                ShownKind.all().stream()
                    .flatMap(kind -> Stream.of("get", "list").map(verb -> Right.of(verb, kind))),
                Stream.of(
                    new Right("create", GROUP, "backuprequests", ""),
                    new Right("create", GROUP, "restorerequests", ""),
                    new Right("list", "", "pods", ""),
                    new Right("get", "", "pods", "log")))
            .toList();
    var missing = wanted.stream().filter(right -> !isAllowed(right)).map(Right::text).toList();
    var where = "in namespace " + api.place().namespace();
    return List.of(
        missing.isEmpty()
            ? Finding.good("your rights", "all that commands need " + where)
            : Finding.warning(
                "your rights",
                "missing " + where + ": " + String.join(", ", missing),
                "Ask for a Role with them if you need the commands; docs/command-line.md says"
                    + " which needs what."));
  }

  private boolean isAllowed(Right right) {
    var review = Json.mapper().createObjectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SelfSubjectAccessReview");
    review
        .putObject("spec")
        .putObject("resourceAttributes")
        .put("namespace", api.place().namespace())
        .put("verb", right.verb())
        .put("group", right.group())
        .put("resource", right.resource())
        .put("subresource", right.subresource());
    return api.create(Call.create(AUTHORIZATION, "selfsubjectaccessreviews", null), review)
        .at("/status/allowed")
        .asBoolean();
  }

  private List<Finding> state() {
    try {
      var policies = resources.list("BackupPolicy");
      var all = new ArrayList<JsonNode>(resources.list("BackupStore"));
      all.addAll(policies);
      var findings = new ArrayList<Finding>();
      findings.add(IsolationCheck.of(policies));
      findings.addAll(ResourceCheck.of(all));
      return findings;
    } catch (CommandFailed failed) {
      return List.of(
          failed.code() == Exit.FORBIDDEN
              ? mayNotLook("resources", failed)
              : Finding.broken("resources", String.valueOf(failed.getMessage()), null));
    }
  }

  private static Finding mayNotLook(String what, CommandFailed failed) {
    if (failed.code() == Exit.UNAVAILABLE) {
      throw failed;
    }
    return Finding.unknown(
        what, String.valueOf(failed.getMessage()), "Ask someone who may look to run this.");
  }

  private record Right(String verb, String group, String resource, String subresource) {
    static Right of(String verb, ShownKind kind) {
      return new Right(verb, GROUP, kind.plural(), "");
    }

    String text() {
      return verb + " " + resource + (subresource.isEmpty() ? "" : "/" + subresource);
    }
  }
}
