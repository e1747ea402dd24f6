# Superset as it is measured: caches in Redis, as its documentation has them; a server of this machine alone, asked by a program.
import os
from datetime import timedelta

SECRET_KEY = "a measurement on this machine, which nobody else can reach"
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["COMPUTE_SUPERSET_DB"]
PREVENT_UNSAFE_DB_CONNECTIONS = False
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
JWT_ACCESS_TOKEN_EXPIRES = timedelta(days=1)

_redis = {"CACHE_TYPE": "RedisCache", "CACHE_DEFAULT_TIMEOUT": 86400, "CACHE_REDIS_URL": os.environ["COMPUTE_SUPERSET_REDIS"]}
CACHE_CONFIG = {**_redis, "CACHE_KEY_PREFIX": "superset_"}
DATA_CACHE_CONFIG = {**_redis, "CACHE_KEY_PREFIX": "superset_data_"}
