// The orders to end, as a descriptor for an epoll set.
#pragma once

namespace treeline {

// Blocks SIGINT and SIGTERM and ignores SIGPIPE; a descriptor that is readable once one has come.
int take_ending_signals();

}  // namespace treeline
