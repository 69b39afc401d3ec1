# syntax=docker/dockerfile:1
# The image of Rollout Operator: a trimmed, self-contained, precompiled program on a base without a shell.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/rollout-operator:0.1.0 --push .
#
# Both bases are arguments, so that a mirror or another distribution can be named without editing this file:
#   --build-arg SDK=REGISTRY/dotnet/sdk:10.0@sha256:… --build-arg BASE=REGISTRY/dotnet/runtime-deps:10.0-noble-chiseled@sha256:…
# SDK needs the .NET 10 SDK and a shell. BASE needs glibc, libgcc, libstdc++, OpenSSL 3 and certificates; it needs no shell.
# The digests are those of the indexes, so they hold for every architecture; the tags say what they are. The lock files know
# the packages of this SDK's runtime: raise both bases and the lock files together.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0.401-noble@sha256:e70cdb7f80b0348f5cb85f19a8f670fca061f033d57eed12fa003d58b0e06317
ARG BASE=mcr.microsoft.com/dotnet/runtime-deps:10.0.12-noble-chiseled@sha256:dc5cd0c7d0a39b825312b4f0986d99b9adf9b6a3af69bc23cd345c27d9ed916a

# The compiler runs on the machine's own architecture, whatever is built for.
FROM --platform=$BUILDPLATFORM ${SDK} AS build
ARG TARGETARCH
ENV CI=true DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
WORKDIR /source
COPY global.json nuget.config Directory.Build.props Directory.Packages.props ./
COPY eng eng
COPY src src
# Locked: every package must have the hash that the repository knows. What only a debugger needs is left out, and all
# files get one time, so that two builds of one commit give the same layer.
RUN dotnet publish src/RolloutOperator --configuration Release -p:ImageArchitecture=$TARGETARCH -p:IncludeSourceRevisionInInformationalVersion=false -p:RunAnalyzers=false \
        --output /app/usr/lib/rollout-operator --nologo && \
    cd /app/usr/lib/rollout-operator && \
    rm -f createdump libmscordbi.so libmscordaccore.so libclrgc.so libclrgcexp.so libcoreclrtraceptprovider.so *.pdb *.xml && \
    find /app -type d -exec chmod 0755 {} + && find /app -type f -exec chmod 0644 {} + && chmod 0755 rollout-operator && \
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
# Nothing is written to the file system, so that it can be read-only; nothing listens for debuggers.
ENV DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0 DOTNET_TieredPGO=0
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/lib/rollout-operator/rollout-operator"]
CMD ["run"]
