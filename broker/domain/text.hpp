// Names and addresses as people type them: what is accepted, and what counts as the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace treeline {

// How many code points; nullopt when it is not UTF-8 (overlong forms and surrogates included).
std::optional<std::size_t> count_code_points(std::string_view text);

// 1 to `size_max` code points of UTF-8 that one can see: no control, no bidirectional override, no
// line separator, and not only blanks.
bool is_valid_name(std::string_view name, std::size_t size_max);

// Any UTF-8 of at most `size_max` bytes without control characters other than tab and newline.
bool is_valid_text(std::string_view text, std::size_t size_max);

// The form in which names are compared: lower case, accents apart from their letters (NFC and NFD
// alike), blanks at the ends and runs of them dropped, joiners dropped. Latin, Greek and Cyrillic;
// other scripts are compared as they are. REQUIRES: is_valid_name.
std::string fold_name(std::string_view name);

// Case-folded; nullopt when it can't be an address. Deliberately narrow: one @, ASCII, no quotes.
std::optional<std::string> fold_email(std::string_view email);

// Case-folded; nullopt when no address can end so.
std::optional<std::string> fold_domain(std::string_view domain);

}  // namespace treeline
