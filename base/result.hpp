// How an expected failure travels: as a value, never as an exception.
#pragma once

#include <boost/system/result.hpp>

namespace treeline {

// Either a T or the room's own error E. Read it with `if (!r) return r.error();` and `*r`;
// `value()` throws and is not used here.
template <class T, class E>
using ResultOf = boost::system::result<T, E>;

}  // namespace treeline
