# One image for every role: web, worker, training, reaper, beat.
FROM node:24-trixie-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --no-audit --no-fund
COPY static static
RUN npm run build

FROM python:3.11-slim-trixie
# Empty: PyTorch with CUDA. For a much smaller CPU image give the address of PyTorch's CPU wheel index.
ARG SIGHTLINE_TORCH_INDEX=""
# pg_dump and pg_restore 17, for backups of a PostgreSQL 17.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 sightline && useradd --create-home --uid 10001 --gid 10001 sightline \
    && install -d -o sightline -g sightline -m 700 /data /data/tmp
WORKDIR /app
COPY requirements.txt .
RUN if [ -n "$SIGHTLINE_TORCH_INDEX" ]; then \
      pip install --no-cache-dir --index-url "$SIGHTLINE_TORCH_INDEX" $(grep -oE '^torch(vision)?==[^ ]+' requirements.txt); \
    fi \
    && pip install --no-cache-dir -r requirements.txt
COPY . .
RUN python -m compileall -q inference labeling portal training
COPY --from=pages /app/static/dist static/dist
# Collected at build time, so that the container needs to write to /data and /tmp alone.
RUN SIGHTLINE_DATA=/tmp/build python -c "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings'; django.setup(); \
from portal.supervisor.preparation import ensure_static; ensure_static(print)" && rm -rf /tmp/build
USER 10001:10001
# Bodies of uploads and caches lie on the disk of /data, not in the memory of /tmp.
ENV SIGHTLINE_DATA=/data SIGHTLINE_CACHE=/data/cache TMPDIR=/data/tmp PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s CMD ["python", "-m", "portal.health.check"]
ENTRYPOINT ["python", "manage.py", "up", "--show-logs"]
CMD ["--host", "0.0.0.0"]
