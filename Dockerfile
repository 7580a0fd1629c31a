# Built with the whole tool chain, run with Node and the bundle alone.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Without scripts, since `prepare` builds and there are no sources yet: this layer changes with the lock file only.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/dist/bin ./dist/bin
RUN mkdir -m 700 /data && chown node:node /data
ENV NODE_ENV=production IAM_LOCAL_HOST=0.0.0.0 IAM_LOCAL_DATA=/data
USER node
VOLUME /data
EXPOSE 4593
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --start-interval=1s \
  CMD ["node", "dist/bin/iam-local.js", "health"]
CMD ["node", "dist/bin/iam-local.js", "start"]
