# bulk-orders in a container: nobody in it is root, and nothing needs to be written but /data and /state.
#
#     docker build -t bulk-orders .
#     docker run --rm --read-only --tmpfs /tmp -v "$PWD":/data -v bulk-orders-state:/state \
#       --env-file shop.env bulk-orders plan orders.xlsx
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY bulk_orders ./bulk_orders
# The versions of the lock, for what we need and for what builds us; its hashes cannot speak for this folder.
# Compiled here, since nobody can write beside the sources later: each start would take two seconds more.
RUN sed -e '/--hash=/d' -e 's/ \\$//' requirements.lock > /constraints.txt \
 && python -m venv /app \
 && PIP_CONSTRAINT=/constraints.txt /app/bin/pip install --no-cache-dir '.[demo,notify]' \
 && /app/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin merchant \
 && mkdir --mode 0700 /data /state \
 && chown merchant: /data /state
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    BULK_ORDERS_HOME=/state \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/state"]
ENTRYPOINT ["bulk-orders"]
CMD ["--help"]
