# Salvor's image: the operator, the worker and the command line, with the engines they drive.
#
#   ./salvor version && docker build -t salvor .
#
# It takes target/salvor.jar and target/lib, which any run of ./salvor (or mvn package) leaves. PostgreSQL is dumped by the
# client of its own major, never a newer one: the majors below come from the Debian releases that carry them.
FROM debian:trixie-slim AS packages

# Of the mirror that the base image has, whichever it is, also the releases before and after; asked for by name only.
RUN set -eu; \
    apt-get update; \
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: trixie' | head -n 1); \
    for suite in bookworm forky; do \
      echo "deb [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.pgp] $mirror $suite main" >>/etc/apt/sources.list.d/other.list; \
      printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n\n' "$suite" >>/etc/apt/preferences.d/other; \
    done; \
    apt-get update

# restic 0.19 or newer: older ones hang when an upload fails under a stream.
# Without LLVM a session's first costly query fails as long as llvmjit.so is there; without it JIT is quietly off.
ARG POSTGRESQL_CLIENTS="15/bookworm 17/trixie"
ARG POSTGRESQL_SERVER=17
RUN set -eu; \
    mkdir /downloads /unpacked /engines; \
    cd /downloads; \
    for client in $POSTGRESQL_CLIENTS; do apt-get download "postgresql-client-${client%/*}/${client#*/}"; done; \
    apt-get download "postgresql-$POSTGRESQL_SERVER" restic/forky; \
    for package in *.deb; do dpkg -x "$package" /unpacked; done; \
    rm -rf /unpacked/usr/lib/postgresql/*/lib/llvmjit* /unpacked/usr/lib/postgresql/*/lib/bitcode /unpacked/usr/share/postgresql/*/man; \
    mkdir -p /engines/usr/bin /engines/usr/lib /engines/usr/share; \
    mv /unpacked/usr/bin/restic /engines/usr/bin/; \
    mv /unpacked/usr/lib/postgresql /engines/usr/lib/; \
    mv /unpacked/usr/share/postgresql /engines/usr/share/; \
    /engines/usr/bin/restic version

RUN apt-get install -y --no-install-recommends openjdk-25-jdk-headless
# jlink strips native libraries with objcopy; the symbols of Debian's are ten times the rest.
RUN apt-get install -y --no-install-recommends binutils

RUN set -eu; \
    jlink --output /java --strip-debug --no-header-files --no-man-pages --compress zip-6 --add-modules \
      java.base,java.instrument,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.sql,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.net,jdk.unsupported,jdk.zipfs; \
    find /java -name '*.debuginfo' -delete

COPY target/lib /tmp/lib
COPY target/salvor.jar src/main/scripts/OneJar.java /tmp/
RUN mkdir /salvor && java /tmp/OneJar.java /tmp/salvor.jar /salvor/salvor.jar

FROM debian:trixie-slim

RUN set -eu; \
    apt-get update; \
    apt-get install -y --no-install-recommends ca-certificates libgssapi-krb5-2 libicu76 libldap2 liblz4-1 libpam0g libpq5 \
      libreadline8t64 libssl3t64 libsystemd0 libxml2 libxslt1.1 libzstd1 zlib1g; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc /usr/share/man; \
    echo 'salvor:x:65532:65532:Salvor:/tmp:/usr/sbin/nologin' >>/etc/passwd; \
    echo 'salvor:x:65532:' >>/etc/group

COPY --from=packages /engines /
COPY --from=packages /java /java
COPY --from=packages /salvor /salvor
COPY src/main/images/salvor /usr/local/bin/salvor

# A cache of loaded and linked classes makes the start several times faster. It is worth nothing with another JVM.
RUN train() { \
      mkdir "/tmp/$1"; \
      SALVOR_TRAIN=$1 salvor train "$1" "/tmp/$1" >"/tmp/$1.log" 2>&1 || { cat "/tmp/$1.log"; return 1; }; \
      test -s "/salvor/$1.aot" || { cat "/tmp/$1.log"; return 1; }; \
      rm -rf /tmp/* /dev/shm/*; \
    }; \
    set -eu; for what in operator host worker; do train "$what"; done; \
    SALVOR_TRAIN=arguments salvor >/salvor/worker.args

USER 65532:65532
ENV SALVOR_LOG_FORMAT=json
ENTRYPOINT ["salvor"]
