# dbsync in an image: docker build -t dbsync . && docker run --rm dbsync --help
#
# The working folder is /data: mount there what is to stay (.env, scripts/, logs/,
# sync/, backups/).  The key that signs backup points is made there as well; better
# give it as a secret that the user in here (uid and gid 990) alone may read:
# docs/operations.md, "In containers".  packaging has dbsync serve in a
# docker-compose.yml and in a kubernetes.yaml.

FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
	build-essential cmake ninja-build pkg-config dpkg-dev file \
	libmariadb-dev libxxhash-dev libzstd-dev zlib1g-dev libjson-c-dev libssl-dev libmicrohttpd-dev
COPY . /src
WORKDIR /src
RUN cmake --preset release && cmake --build --preset release \
	&& (cd build/release && cpack -G DEB)

FROM debian:bookworm-slim
COPY --from=build /src/build/release/dbsync_*.deb /tmp/
# whom secrets are for: the package would take any number that is free
RUN groupadd --system --gid 990 dbsync \
	&& useradd --system --uid 990 --gid 990 --home-dir /var/lib/dbsync --shell /usr/sbin/nologin dbsync
RUN apt-get update \
	&& apt-get install -y --no-install-recommends /tmp/dbsync_*.deb ca-certificates tzdata \
	&& rm -rf /tmp/dbsync_*.deb /var/lib/apt/lists/* \
	&& mkdir /data && chown dbsync:dbsync /data
COPY packaging/dbsync-health /usr/local/bin/
USER dbsync
ENV DBSYNC_KEY_FILE=/data/dbsync.key
WORKDIR /data
# of dbsync serve --listen 0.0.0.0:8306; other commands are always healthy
EXPOSE 8306
HEALTHCHECK --start-period=10s CMD ["/usr/local/bin/dbsync-health"]
ENTRYPOINT ["/usr/bin/dbsync"]
CMD ["--help"]
