package dev.salvor.cli.source;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One call of the API server, and what it is in words of RBAC.
 *
 * @param group where the resource is, such as {@code /api/v1}
 * @param namespace null: of the cluster, or of all namespaces
 * @param name null: the collection
 * @param subresource such as log
 * @param query without the question mark; empty: none
 */
public record Call(
    String verb,
    String group,
    String resource,
    @Nullable String namespace,
    @Nullable String name,
    @Nullable String subresource,
    String query) {
  /** Salvor's own. */
  public static final String SALVOR = "/apis/salvor.dev/v1alpha1";

  /** Pods and other core resources. */
  public static final String CORE = "/api/v1";

  /** Jobs. */
  public static final String BATCH = "/apis/batch/v1";

  public static Call list(String group, String resource, @Nullable String namespace) {
    return new Call("list", group, resource, namespace, null, null, "");
  }

  public static Call get(String group, String resource, @Nullable String namespace, String name) {
    return new Call("get", group, resource, namespace, name, null, "");
  }

  public static Call create(String group, String resource, @Nullable String namespace) {
    return new Call("create", group, resource, namespace, null, null, "");
  }

  /** Of one container of a pod. */
  static Call log(String namespace, String pod, String container, String more) {
    return new Call(
        "get", CORE, "pods", namespace, pod, "log", "container=" + encode(container) + more);
  }

  Call where(String label, String value) {
    return query("labelSelector=" + encode(label + "=" + value));
  }

  public Call query(String text) {
    return new Call(verb, group, resource, namespace, name, subresource, text);
  }

  String path() {
    return group
        + (namespace == null ? "" : "/namespaces/" + namespace)
        + "/"
        + resource
        + (name == null ? "" : "/" + name)
        + (subresource == null ? "" : "/" + subresource)
        + (query.isEmpty() ? "" : "?" + query);
  }

  /** As a Role names it, such as pods/log or backuppolicies.salvor.dev. */
  String right() {
    var plain = subresource == null ? resource : resource + "/" + subresource;
    return group.startsWith("/apis/") ? plain + "." + group.split("/", -1)[2] : plain;
  }

  /** Such as {@code backuppolicies 'shop-db' in namespace shop}. */
  String object() {
    return (subresource == null ? resource : resource + "/" + subresource)
        + (name == null ? "" : " '" + name + "'")
        + (namespace == null ? "" : " in namespace " + namespace);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
