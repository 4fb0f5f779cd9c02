#include "sql/variables.h"

#include <array>

#include "sql/word_table.h"

namespace understudy::sql {
namespace {

using enum VariableKind;
constexpr std::size_t kCount = 98;
using Table = WordTable<VariableKind, kCount>;

// clang-format off
constexpr Table kVariables{std::array<Table::Entry, kCount>{{
   {"auto_increment_increment", Session}, {"big_tables", Session},
   {"bulk_insert_buffer_size", Session}, {"character_set_client", Session},
   {"character_set_connection", Session}, {"character_set_results", Session},
   {"check_constraint_checks", Session}, {"collation_connection", Session},
   {"completion_type", Session}, {"default_storage_engine", Session},
   {"default_week_format", Session}, {"div_precision_increment", Session},
   {"foreign_key_checks", Session}, {"group_concat_max_len", Session},
   {"innodb_lock_wait_timeout", Session}, {"innodb_strict_mode", Session},
   {"interactive_timeout", Session}, {"join_buffer_size", Session}, {"lc_messages", Session},
   {"lc_time_names", Session}, {"lock_wait_timeout", Session}, {"low_priority_updates", Session},
   {"max_error_count", Session}, {"max_heap_table_size", Session}, {"max_join_size", Session},
   {"max_sort_length", Session}, {"max_sp_recursion_depth", Session},
   {"max_statement_time", Session}, {"max_execution_time", Session},
   {"net_read_timeout", Session}, {"net_write_timeout", Session}, {"note_verbosity", Session},
   {"old_mode", Session}, {"optimizer_switch", Session}, {"optimizer_search_depth", Session},
   {"optimizer_prune_level", Session}, {"sort_buffer_size", Session},
   {"sql_auto_is_null", Session}, {"sql_big_selects", Session}, {"sql_buffer_result", Session},
   {"sql_mode", Session}, {"sql_notes", Session}, {"sql_quote_show_create", Session},
   {"sql_safe_updates", Session}, {"sql_select_limit", Session}, {"sql_warnings", Session},
   {"standard_compliant_cte", Session}, {"storage_engine", Session}, {"time_zone", Session},
   {"tmp_table_size", Session}, {"unique_checks", Session},
   {"updatable_views_with_limit", Session}, {"wait_timeout", Session},
   {"system_versioning_asof", Session}, {"autocommit", Autocommit}, {"tx_isolation", Transaction},
   {"transaction_isolation", Transaction}, {"tx_read_only", Transaction},
   {"transaction_read_only", Transaction}, {"warning_count", SessionResult},
   {"error_count", SessionResult}, {"session_track_schema", Schema},
   {"session_track_system_variables", Tracking}, {"session_track_state_change", Tracking},
   {"session_track_transaction_info", Tracking}, {"session_track_gtids", Tracking},
   {"sql_log_bin", Unmovable}, {"sql_log_off", Unmovable}, {"gtid_domain_id", Unmovable},
   {"gtid_seq_no", Unmovable}, {"gtid_next", Unmovable}, {"server_id", Unmovable},
   {"pseudo_thread_id", Unmovable}, {"pseudo_slave_mode", Unmovable},
   {"pseudo_replica_mode", Unmovable}, {"skip_replication", Unmovable},
   {"skip_parallel_replication", Unmovable}, {"binlog_format", Unmovable},
   {"binlog_row_image", Unmovable}, {"binlog_annotate_row_events", Unmovable},
   {"binlog_direct_non_transactional_updates", Unmovable},
   {"binlog_row_value_options", Unmovable}, {"binlog_rows_query_log_events", Unmovable},
   {"auto_increment_offset", Unmovable}, {"timestamp", Unmovable}, {"rand_seed1", Unmovable},
   {"rand_seed2", Unmovable}, {"insert_id", Unmovable}, {"default_master_connection", Unmovable},
   {"sql_slave_skip_counter", Unmovable}, {"wsrep_on", Unmovable},
   {"wsrep_gtid_seq_no", Unmovable}, {"profiling", Unmovable}, {"debug", Unmovable},
   {"debug_dbug", Unmovable}, {"last_gtid", Unmovable}, {"last_insert_id", ResultUnmovable},
   {"identity", ResultUnmovable},
}}};

// The tables of information_schema that describe schemas, which are replicated.
constexpr std::size_t kMetadataCount = 20;
using MetadataTable = WordTable<bool, kMetadataCount>;
constexpr MetadataTable kMetadata{std::array<MetadataTable::Entry, kMetadataCount>{{
   {"tables", true}, {"columns", true}, {"schemata", true}, {"statistics", true},
   {"key_column_usage", true}, {"table_constraints", true}, {"referential_constraints", true},
   {"check_constraints", true}, {"views", true}, {"routines", true}, {"parameters", true},
   {"triggers", true}, {"partitions", true}, {"character_sets", true}, {"collations", true},
   {"collation_character_set_applicability", true}, {"keywords", true}, {"sql_functions", true},
   {"geometry_columns", true}, {"spatial_ref_sys", true},
}}};
// clang-format on

}  // namespace

VariableKind variable_kind(std::string_view name) {
  const VariableKind* kind = kVariables.find(name);
  return kind == nullptr ? Other : *kind;
}

ScopedVariable split_scope(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {VariableScope::None, text};
  const std::string_view scope = text.substr(0, dot);
  const std::string_view name = text.substr(dot + 1);
  if (equals_ignoring_case(scope, "session") || equals_ignoring_case(scope, "local"))
    return {VariableScope::Session, name};
  return {VariableScope::Global, name};
}

bool is_server_schema(std::string_view schema) {
  return equals_ignoring_case(schema, "mysql") ||
         equals_ignoring_case(schema, "information_schema") ||
         equals_ignoring_case(schema, "performance_schema") || equals_ignoring_case(schema, "sys");
}

bool is_server_table(std::string_view schema, std::string_view table) {
  if (equals_ignoring_case(schema, "information_schema")) return kMetadata.find(table) == nullptr;
  return is_server_schema(schema);
}

}  // namespace understudy::sql
