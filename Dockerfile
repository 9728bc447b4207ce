# One image for every role: web, worker, training, reaper, beat.
FROM node:24-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --no-audit --no-fund
COPY static static
RUN npm run build

FROM python:3.11-slim-bookworm
# Empty: PyTorch with CUDA. For a much smaller CPU image give the address of PyTorch's CPU wheel index.
ARG SIGHTLINE_TORCH_INDEX=""
RUN useradd --create-home --uid 10001 sightline && install -d -o sightline -g sightline -m 700 /data
WORKDIR /app
COPY requirements.txt .
RUN if [ -n "$SIGHTLINE_TORCH_INDEX" ]; then \
      pip install --no-cache-dir --index-url "$SIGHTLINE_TORCH_INDEX" $(grep -oE '^torch(vision)?==[^ ]+' requirements.txt); \
    fi \
    && pip install --no-cache-dir -r requirements.txt
COPY . .
COPY --from=pages /app/static/dist static/dist
# Collected at build time, so that the container needs to write to /data alone.
RUN SIGHTLINE_DATA=/tmp/build python -c "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings'; django.setup(); \
from portal.supervisor.preparation import ensure_static; ensure_static(print)" && rm -rf /tmp/build
USER sightline
ENV SIGHTLINE_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["python", "manage.py", "up", "--show-logs"]
CMD ["--host", "0.0.0.0"]
