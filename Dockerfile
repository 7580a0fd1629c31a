# Built with the whole tool chain, run with Node and the bundle alone.
# What is built is the same for every processor: `docker buildx build --platform linux/amd64,linux/arm64` builds it once.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY packages/testcontainers/package.json packages/testcontainers/
# Without scripts, since `prepare` builds and there are no sources yet: this layer changes with the lock file only.
RUN npm ci --ignore-scripts
COPY . .
# With the client of PostgreSQL, of the version in the lock file, for `--store`.
RUN npm run build -- --sbom --with-pg

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/dist/bin ./dist/bin
# For the group as well, since some platforms (OpenShift) run images as any user of group 0.
RUN mkdir -m 770 /data && chown node:0 /data
ENV NODE_ENV=production IAM_LOCAL_HOST=0.0.0.0 IAM_LOCAL_DATA=/data
USER node
VOLUME /data
EXPOSE 4593 4594
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --start-interval=1s \
  CMD ["node", "dist/bin/iam-local.js", "health"]
CMD ["node", "dist/bin/iam-local.js", "start"]
