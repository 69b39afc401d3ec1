# syntax=docker/dockerfile:1
# The image of Rollout Operator: a native program on a base without a shell.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/rollout-operator:0.1.0 --push .
#
# Both bases are arguments, so that a mirror or another distribution can be named without editing this file:
#   --build-arg SDK=REGISTRY/dotnet/sdk:10.0@sha256:… --build-arg BASE=REGISTRY/dotnet/runtime-deps:10.0-noble-chiseled@sha256:…
# SDK needs the .NET 10 SDK, a shell, time zones, and apt or a gcc that links for the target. BASE needs a glibc that is not
# older than that of SDK, OpenSSL 3 and certificates; it needs no shell.
# The digests are those of the indexes, so they hold for every architecture; the tags say what they are. The lock files know
# the packages of this SDK's runtime: raise both bases and the lock files together.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0.401-noble@sha256:e70cdb7f80b0348f5cb85f19a8f670fca061f033d57eed12fa003d58b0e06317
ARG BASE=mcr.microsoft.com/dotnet/runtime-deps:10.0.12-noble-chiseled@sha256:dc5cd0c7d0a39b825312b4f0986d99b9adf9b6a3af69bc23cd345c27d9ed916a

# The compiler runs on the machine's own architecture, whatever is built for.
FROM --platform=$BUILDPLATFORM ${SDK} AS build
ARG TARGETARCH
ENV CI=true DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
# What links the program, unless SDK has it.
RUN case "$(uname -m) $TARGETARCH" in \
        "x86_64 amd64" | "aarch64 arm64") linker=gcc packages="gcc libc6-dev" ;; \
        *" arm64") linker=aarch64-linux-gnu-gcc packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; \
        *" amd64") linker=x86_64-linux-gnu-gcc packages="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;; \
        *) echo "error: the image is for amd64 and arm64" >&2 && exit 1 ;; \
    esac && \
    if ! command -v $linker; then apt-get update && apt-get install --yes --no-install-recommends $packages; fi
WORKDIR /source
COPY global.json nuget.config Directory.Build.props Directory.Packages.props ./
COPY eng eng
COPY src src
# Locked: every package must have the hash that the repository knows. All files get one time, so that two builds of one
# commit give the same layer.
RUN dotnet publish src/RolloutOperator --configuration Release -p:ImageArchitecture=$TARGETARCH -p:RunAnalyzers=false \
        --output /publish --nologo && \
    install -D --mode 0755 /publish/rollout-operator /app/usr/lib/rollout-operator/rollout-operator && \
    mkdir --parents /app/usr/share && cp --archive /usr/share/zoneinfo /app/usr/share/ && \
    find /app -type d -exec chmod 0755 {} + && \
    find /app -exec touch --no-dereference --date=@0 {} +

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="rollout-operator" \
      org.opencontainers.image.description="Rolls workloads when what their pods read from ConfigMaps and Secrets has changed, and only then" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /app /
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/lib/rollout-operator/rollout-operator"]
CMD ["run"]
