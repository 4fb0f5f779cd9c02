// The tests of the users of MariaDB's connector for Node.js: node mariadb.mjs SECTION.
import { batches, large, metadata, prepared, streams, types } from './mariadb_data.mjs';
import { connect, pool, session } from './mariadb_connecting.mjs';
import { cancel, errors, infile, procedures, several, transactions, writes }
  from './mariadb_statements.mjs';
import { main } from './report.mjs';

await main({
  batches, connect, pool, session, large, metadata, prepared, streams, types, cancel, errors,
  infile,   procedures, several, transactions, writes,
});
