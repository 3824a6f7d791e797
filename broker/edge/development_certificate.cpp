// Certificates made with OpenSSL's API, so that a first start needs no tool and no network.
#include "broker/edge/development_certificate.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "net/fd.hpp"

namespace treeline {

namespace {

constexpr long day_seconds = 86'400;

template <class T, void (*Free)(T*)>
struct Freed {
    void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, X509_EXTENSION_free>>;

struct Issuer {
    X509* certificate;
    EVP_PKEY* key;
};

void set_random_serial(X509* certificate) {
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
}

bool add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate unsigned_certificate(EVP_PKEY* key, const char* name, long days) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    set_random_serial(certificate.get());
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * day_seconds);
    X509_set_pubkey(certificate.get(), key);
    const auto* text = reinterpret_cast<const unsigned char*>(name);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, text,
                               -1, -1, 0);
    return certificate;
}

Certificate make_ca(EVP_PKEY* key) {
    Certificate ca = unsigned_certificate(key, "Treeline development CA", 3650);
    X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
    const bool ok =
        add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE") &&
        add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash") &&
        X509_sign(ca.get(), key, EVP_sha256()) > 0;
    return ok ? std::move(ca) : nullptr;
}

Certificate make_leaf(EVP_PKEY* key, const Issuer& issuer) {
    Certificate leaf = unsigned_certificate(key, "localhost", 825);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer.certificate));
    const auto add = [&](int kind, const char* value) {
        return add_extension(leaf.get(), issuer.certificate, kind, value);
    };
    const bool ok =
        add(NID_basic_constraints, "critical,CA:FALSE") &&
        add(NID_key_usage, "critical,digitalSignature") && add(NID_ext_key_usage, "serverAuth") &&
        add(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
        add(NID_subject_key_identifier, "hash") && add(NID_authority_key_identifier, "keyid") &&
        X509_sign(leaf.get(), issuer.key, EVP_sha256()) > 0;
    return ok ? std::move(leaf) : nullptr;
}

// A memory buffer of OpenSSL's, as text.
template <class Fill>
std::string pem_text(Fill&& fill) {
    BIO* memory = BIO_new(BIO_s_mem());
    std::string text;
    if (memory != nullptr && fill(memory) == 1) {
        char* data = nullptr;
        const long size = BIO_get_mem_data(memory, &data);
        text.assign(data, static_cast<std::size_t>(size));
    }
    BIO_free(memory);
    return text;
}

std::string pem_of(EVP_PKEY* key) {
    return pem_text([&](BIO* memory) {
        return PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}
std::string pem_of(X509* certificate) {
    return pem_text([&](BIO* memory) { return PEM_write_bio_X509(memory, certificate); });
}

bool write_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    return file &&
           ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           ::fsync(file.get()) == 0;
}

}  // namespace

ResultOf<void, std::string> make_development_certificate(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (std::filesystem::exists(directory / "cert.pem", ignored) &&
        std::filesystem::exists(directory / "key.pem", ignored)) {
        return {};
    }
    std::filesystem::create_directories(directory, ignored);
    const Key ca_key(EVP_EC_gen("P-256"));
    const Key key(EVP_EC_gen("P-256"));
    const Certificate ca = ca_key ? make_ca(ca_key.get()) : nullptr;
    const Certificate leaf = ca && key ? make_leaf(key.get(), {ca.get(), ca_key.get()}) : nullptr;
    if (!leaf) {
        return std::string("OpenSSL can't make a certificate");
    }
    const bool written = write_file(directory / "ca.key", pem_of(ca_key.get()), 0600) &&
                         write_file(directory / "ca.pem", pem_of(ca.get()), 0644) &&
                         write_file(directory / "key.pem", pem_of(key.get()), 0600) &&
                         write_file(directory / "cert.pem", pem_of(leaf.get()), 0644);
    if (!written) {
        return "can't write certificates in " + directory.string();
    }
    return {};
}

}  // namespace treeline
