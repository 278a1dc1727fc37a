# The gateway as an image for containers: docker build -t hibiki . (or podman, or buildah).
#
# All options can be given as variables: docker run -p 8765:8765 -e HIBIKI_REDIS=redis://redis:6379 hibiki
# The image needs no right to write anywhere: it runs with --read-only, too.

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 scripts/package image
# Java with the modules that the gateway uses, and with jcmd and jfr for diagnosis: half the size of a whole one.
RUN jlink --output target/image/usr/lib/jvm/hibiki --no-header-files --no-man-pages --add-modules \
  java.naming,java.net.http,java.xml,jdk.charsets,jdk.jcmd,jdk.jfr,jdk.management,jdk.management.agent,jdk.net,jdk.unsupported

# It has bash, for the scripts, and glibc, for BoringSSL.
FROM debian:trixie-slim
COPY --from=build /src/target/image/ /
# The archive for quicker starts fits only the Java of this image.
RUN ["bash", "-euc", "cd /usr/lib/hibiki && . ./java.sh && . ./archive.sh && prepare_starts /usr/lib/hibiki"]
# No program makes its caller root, as su does.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +
ENV LANG=C.UTF-8
# Clients; and health, metrics and publishing, which only this container reaches unless HIBIKI_ADMIN_HOST=0.0.0.0 and
# HIBIKI_PUBLISH_KEY are set.
EXPOSE 8765 9765
USER 10001:10001
# Clients are closed one after the other, which takes up to 30 s and --drain-delay-ms: docker stop --timeout 120
STOPSIGNAL SIGTERM
# It finds the admin port only by the variables HIBIKI_ADMIN_HOST and HIBIKI_ADMIN_PORT, not by arguments or a file.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/usr/lib/hibiki/check"]
# It derives the flags of Java from the memory limit of the container; HIBIKI_JAVA_OPTS adds others.
ENTRYPOINT ["/usr/lib/hibiki/start"]
LABEL org.opencontainers.image.title=Hibiki \
  org.opencontainers.image.description="A push gateway: small JSON events from Redis to every browser that wants them" \
  org.opencontainers.image.licenses=Apache-2.0
