// Cube as it is measured: its own server, its driver and dialect of DuckDB, queue and cache in memory. Started with PORT, COMPUTE_DATABASE and NODE_PATH set.
// Its SQL interface and its templates in YAML are native code that npm does not have. Neither is used here; this is all that is called of it.
const native = require('@cubejs-backend/native');
native.setupLogger = () => {};
native.NativeInstance.prototype.newJinjaEngine = () => ({});
const { CubejsServer } = require('@cubejs-backend/server');
const { DuckDBDriver } = require('@cubejs-backend/duckdb-driver');
const { BaseQuery } = require('@cubejs-backend/schema-compiler');

// The driver's dialect is of a later version than the server is; these are its two methods that this page needs.
class DuckDBQuery extends BaseQuery {
  convertTz(field) {
    return `timezone('${this.timezone}', ${field}::timestamptz)`;
  }

  timeGroupedColumn(granularity, dimension) {
    return `DATE_TRUNC('${granularity}', ${dimension})`;
  }
}

const model = `cube('flights', {
  sql_table: 'flights',
  measures: {
    count: { type: 'count' },
    late: { type: 'count', filters: [{ sql: \`\${CUBE}.delay >= 15\` }] },
    on_time: { type: 'number', sql: \`(\${count} - \${late})::DOUBLE / \${count}\` },
    delay: { type: 'avg', sql: 'delay' },
    p90: { type: 'number', sql: \`quantile_cont(\${CUBE}.delay, 0.9)\` },
  },
  dimensions: {
    date: { type: 'time', sql: 'date' },
    origin: { type: 'string', sql: 'origin' },
    destination: { type: 'string', sql: 'destination' },
    weekday: { type: 'number', sql: 'isodow(date)' },
    hour: { type: 'number', sql: 'hour(date)' },
    by_delay: { type: 'number', sql: 'CASE WHEN delay < -60 THEN -70 WHEN delay >= 180 THEN 180 ELSE floor((delay + 60) / 10) * 10 - 60 END' },
    by_distance: { type: 'number', sql: 'CASE WHEN distance < 0 THEN -250 WHEN distance >= 3000 THEN 3000 ELSE floor(distance / 250) * 250 END' },
  },
});`;

new CubejsServer({
  dbType: 'duckdb',
  driverFactory: () => new DuckDBDriver({ initSql: `ATTACH '${process.env.COMPUTE_DATABASE}' AS f (READ_ONLY); USE f;` }),
  dialectFactory: () => DuckDBQuery,
  repositoryFactory: () => ({ dataSchemaFiles: async () => [{ fileName: 'flights.js', content: model }] }),
  checkAuth: async () => {},
  scheduledRefreshTimer: false,
  telemetry: false,
}).listen().then(({ version, port }) => console.log(`Cube ${version} listens on ${port}`), (e) => { console.error(e); process.exit(1); });
