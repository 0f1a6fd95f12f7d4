# One image for worker, dashboard, demo and Airflow. It is large (about 8 GB): torch brings CUDA.
FROM python:3.11-slim

# the user that everything runs as; /data holds what a container may write
RUN useradd --create-home --uid 1000 groundswell && mkdir /data && chown groundswell /data
WORKDIR /app

# the dependencies first: they change less often than the code
COPY requirements.lock ./
RUN pip install --no-cache-dir "uv>=0.11" \
 && uv pip install --system --no-cache --require-hashes -r requirements.lock

COPY . .
RUN uv pip install --system --no-cache --no-deps --editable .

USER groundswell
ENV PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false MALLOC_ARENA_MAX=2 GROUNDSWELL_DATA_DIR=/data
CMD ["groundswell", "--help"]
