# syntax=docker/dockerfile:1
# The operator's image: one static program, the public certificate authorities, nothing else.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t slipway .
#
# The compiler always runs on the builder's own architecture and crosses to the target's, which is far faster than
# emulation. Rust's musl targets bring their C library; clang is for the assembly and C in `ring`.

FROM --platform=$BUILDPLATFORM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang llvm \
    && rm -rf /var/lib/apt/lists/*
ARG TARGETARCH
ENV CC_x86_64_unknown_linux_musl=clang \
    CC_aarch64_unknown_linux_musl=clang \
    AR_x86_64_unknown_linux_musl=llvm-ar \
    AR_aarch64_unknown_linux_musl=llvm-ar \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-Clink-self-contained=yes -Clinker=rust-lld" \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-Clink-self-contained=yes -Clinker=rust-lld"
RUN case "$TARGETARCH" in \
        amd64) echo x86_64-unknown-linux-musl ;; \
        arm64) echo aarch64-unknown-linux-musl ;; \
        *) echo "no target for architecture '$TARGETARCH'" >&2; exit 1 ;; \
    esac > /target \
    && rustup target add "$(cat /target)"
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,id=slipway-target-$TARGETARCH \
    cargo build --locked --release --bin slipway --target "$(cat /target)" \
    && cp "target/$(cat /target)/release/slipway" /slipway

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /slipway /slipway
# Probes and metrics are for the kubelet and Prometheus, which come from outside the Pod.
ENV SLIPWAY_LISTEN="[::]:8080" SLIPWAY_LOG_JSON="true"
USER 65532:65532
ENTRYPOINT ["/slipway"]
