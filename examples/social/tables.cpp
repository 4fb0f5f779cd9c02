#include "rows.h"

namespace social {
namespace {

constexpr const char* kTables[] = {
    "CREATE TABLE person (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
    "name VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE, "
    "display_name VARCHAR(60) NOT NULL, "
    "region VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, "
    "created DATETIME(6) NOT NULL, KEY (region)) CHARACTER SET utf8mb4",

    // By follower for feeds and by author for who hears of a post: both indexes have all columns.
    "CREATE TABLE follow (follower BIGINT UNSIGNED NOT NULL, author BIGINT UNSIGNED NOT NULL, "
    "PRIMARY KEY (follower, author), KEY (author, follower), "
    "FOREIGN KEY (follower) REFERENCES person (id), FOREIGN KEY (author) REFERENCES person (id))",

    // A post never changes: what is counted about it is in post_totals. A feed reads the newest
    // entries of some authors in (author, created, id) and no others.
    "CREATE TABLE post (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
    "author BIGINT UNSIGNED NOT NULL, created DATETIME(6) NOT NULL, text VARCHAR(500) NOT NULL, "
    "media VARCHAR(300), "
    "client_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, "
    "UNIQUE (author, client_key), KEY (author, created, id), KEY (created, author), "
    "FOREIGN KEY (author) REFERENCES person (id)) CHARACTER SET utf8mb4",

    // `previous` is for the transaction that changes a reaction: it has to know what to take from
    // the totals, and reading that first, with a lock on a row that is not there, ends in
    // deadlocks.
    "CREATE TABLE reaction (post BIGINT UNSIGNED NOT NULL, person BIGINT UNSIGNED NOT NULL, "
    "kind ENUM('like', 'love', 'laugh', 'wow', 'sad', 'angry') NOT NULL, "
    "previous ENUM('like', 'love', 'laugh', 'wow', 'sad', 'angry'), created DATETIME(6) NOT NULL, "
    "PRIMARY KEY (post, person), KEY (created), "
    "FOREIGN KEY (post) REFERENCES post (id), FOREIGN KEY (person) REFERENCES person (id))",

    "CREATE TABLE comment (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
    "post BIGINT UNSIGNED NOT NULL, author BIGINT UNSIGNED NOT NULL, "
    "created DATETIME(6) NOT NULL, text VARCHAR(500) NOT NULL, "
    "client_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, "
    "UNIQUE (author, client_key), KEY (post, created, id), KEY (created, post, author), "
    "FOREIGN KEY (post) REFERENCES post (id), "
    "FOREIGN KEY (author) REFERENCES person (id)) CHARACTER SET utf8mb4",

    // A row when the first reaction or comment comes.
    "CREATE TABLE post_totals (post BIGINT UNSIGNED PRIMARY KEY, "
    "likes INT UNSIGNED NOT NULL DEFAULT 0, loves INT UNSIGNED NOT NULL DEFAULT 0, "
    "laughs INT UNSIGNED NOT NULL DEFAULT 0, wows INT UNSIGNED NOT NULL DEFAULT 0, "
    "sads INT UNSIGNED NOT NULL DEFAULT 0, angers INT UNSIGNED NOT NULL DEFAULT 0, "
    "comments INT UNSIGNED NOT NULL DEFAULT 0, FOREIGN KEY (post) REFERENCES post (id))",
};

}  // namespace

void Social::create() {
  cluster_.write("DROP TABLE IF EXISTS post_totals, comment, reaction, post, follow, person");
  for (const char* const table : kTables)
    cluster_.write(table);
}

}  // namespace social
