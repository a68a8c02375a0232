package dev.salvor.e2e;

/**
 * A PostgreSQL 17 in a pod, behind a service of the same name. The password of its superuser is in
 * the Secret of that name too, under {@code password}.
 */
public record PostgresPod(Cluster cluster, String namespace, String name, String superuser) {
  public static final String USER = "postgres";
  public static final String PASSWORD = "postgres-s3cr3t-of-tests";

  PostgresPod(Cluster cluster, String namespace, String name) {
    this(cluster, namespace, name, USER);
  }

  /** The same with the superuser of a Supabase, where postgres is none. */
  PostgresPod asSupabase() {
    psql(USER, "create role other superuser login");
    new PostgresPod(cluster, namespace, name, "other")
        .psql(USER, "alter role postgres rename to supabase_admin");
    var renamed = new PostgresPod(cluster, namespace, name, "supabase_admin");
    renamed.psql(USER, "drop role other");
    return renamed;
  }

  static String manifest(String name) {
    return """
    apiVersion: v1
    kind: Secret
    metadata: {name: %1$s}
    stringData: {username: %2$s, password: %3$s}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: %1$s}
    spec:
      selector: {app: %1$s}
      ports: [{port: 5432}]
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: %1$s, labels: {app: %1$s}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - name: postgres
        image: postgres:test
        imagePullPolicy: IfNotPresent
        env:
        - name: POSTGRES_PASSWORD
          valueFrom: {secretKeyRef: {name: %1$s, key: password}}
        readinessProbe:
          exec: {command: [pg_isready, -h, 127.0.0.1]}
          periodSeconds: 1
          # A busy machine must not take the server out of its service.
          timeoutSeconds: 20
          failureThreshold: 180
    """
        .formatted(name, USER, PASSWORD);
  }

  /** Carries out statements as the superuser; what they answer, without headings. */
  public String psql(String database, String sql) {
    return cluster
        .execute(
            namespace,
            name,
            "psql",
            "-h",
            "/tmp",
            "-U",
            superuser,
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
            "-c",
            sql)
        .strip();
  }
}
