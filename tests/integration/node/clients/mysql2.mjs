// The tests of mysql2's users: node mysql2.mjs SECTION.
import { main } from './report.mjs';
import { connect, pool, session } from './mysql2_connecting.mjs';
import { large, metadata, prepared, streams, types } from './mysql2_data.mjs';
import { cancel, errors, infile, procedures, several, transactions, writes }
  from './mysql2_statements.mjs';

await main({
  connect, pool, session, large, metadata, prepared, streams, types, cancel, errors, infile,
  procedures, several, transactions, writes,
});
