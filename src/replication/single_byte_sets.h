#pragma once

#include <cstdint>
#include <string_view>

#include "replication/character_set.h"

namespace understudy::replication {

// The 128 characters of the bytes from 0x80 in a set of one byte a character, whose other bytes are
// ASCII; empty for other sets.
std::u16string_view upper_half(CharacterSet set);

// swe7 has seven bits, and letters in place of some of ASCII's signs.
char16_t swe7_character(std::uint8_t byte);

}  // namespace understudy::replication
