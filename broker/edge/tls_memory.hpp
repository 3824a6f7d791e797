// Where OpenSSL's memory comes from: malloc, but for the record buffers, which are kept at hand.
#pragma once

namespace treeline {

// Once, before anything of OpenSSL is called. A connection takes a buffer of 16 KiB for each
// record it reads or writes and gives it back at once (SSL_MODE_RELEASE_BUFFERS); malloc is bad at
// that size: 2,800 instructions a message, measured.
void keep_record_buffers();

}  // namespace treeline
