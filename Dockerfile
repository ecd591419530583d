# syntax=docker/dockerfile:1
FROM node:22-slim AS build
WORKDIR /src
COPY . .
RUN npx -y pnpm@10 install --frozen-lockfile \
 && npx -y pnpm@10 build \
 && npx -y pnpm@10 --filter @eca/server deploy --legacy --prod /app

FROM node:22-slim
ENV NODE_ENV=production ECA_HOST=0.0.0.0 ECA_DATA=/data
COPY --from=build /app /app
RUN install -d -o node -g node -m 700 /data \
 && ln -s /app/bin/eca-server.js /usr/local/bin/eca-server
USER node
VOLUME /data
EXPOSE 2580
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.ECA_PORT || 2580) + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that SIGTERM reaches it and the server drains.
ENTRYPOINT ["node", "/app/bin/eca-server.js"]
