// EmlCarrier: without a mail server, each letter becomes a file that any mail program opens.
#pragma once

#include <filesystem>

#include "broker/mail/carrier.hpp"

namespace treeline::mail {

// Owned by the mail thread. `<revision>-<index>.eml` in `directory` (0700), whole or not there; a
// repeat writes the same bytes over it.
class EmlCarrier final : public Carrier {
  public:
    explicit EmlCarrier(std::filesystem::path directory) : directory_(std::move(directory)) {}
    Carried carry(const Letter& letter) override;

  private:
    const std::filesystem::path directory_;
};

}  // namespace treeline::mail
