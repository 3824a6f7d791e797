// The OpenAPI 3.1 document, printed from the route table: it can't know more or less than that.
#pragma once

#include <string>

namespace treeline {

// The same text for the life of the process.
const std::string& openapi_document();

}  // namespace treeline
