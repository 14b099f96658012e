internal import COpenSSL

/// The first call of both programs, before anything else touches OpenSSL.
public enum PKIStartup {
  /// Why the process must not go on.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    case initialisation(OpenSSLFailure)
    case versionTooOld(found: String)
    case algorithmMissing(String)
    case secureHeap

    public var description: String {
      switch self {
      case .initialisation(let error): "cannot initialise OpenSSL: \(error)"
      case .versionTooOld(let found):
        "OpenSSL is too old: \(found)\nhint: install OpenSSL 3.0.7 or newer (package libssl3)"
      case .algorithmMissing(let name): "OpenSSL offers no \(name)\nhint: the default provider must be built in"
      case .secureHeap: "cannot lock memory for private keys\nhint: raise the memlock limit (ulimit -l)"
      }
    }
  }

  /// 3.0.7 mended the punycode overflow in name constraints (CVE-2022-3602).
  static let oldestVersion: UInt = 0x3000_0070

  /// Initialises OpenSSL without its configuration file, so that neither `openssl.cnf` nor `OPENSSL_CONF` nor
  /// `OPENSSL_MODULES` decides anything, and refuses a library that is too old.
  /// - Parameter secureHeap: reserve 64 KiB of locked memory for private keys (programs that sign).
  public static func check(secureHeap: Bool = false) throws(Failure) {
    // Before every other call, since the first decides: what OpenSSL tidies up when a process ends, another thread may
    // still be at work with (a key that is decrypted ahead), and that would end in a crash in place of the program's
    // own word. The system takes the memory.
    guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT), nil) == 1 else {
      throw .initialisation(.drain("OPENSSL_init_crypto"))
    }
    let version = UInt(OpenSSL_version_num())
    guard isNewEnough(version) else { throw .versionTooOld(found: String(cString: OpenSSL_version(OPENSSL_VERSION))) }
    for name in ["SHA256", "SHA384"] {
      guard let digest = EVP_MD_fetch(nil, name, nil) else {
        ERR_clear_error()
        throw .algorithmMissing(name)
      }
      EVP_MD_free(digest)
    }
    // 2: reserved, but the pages could not be locked (no memlock allowance). Keys then live in ordinary memory, as by
    // default.
    if secureHeap, CRYPTO_secure_malloc_initialized() == 0, CRYPTO_secure_malloc_init(1 << 16, 32) == 0 {
      throw .secureHeap
    }
  }

  /// Major version 3 only: 4 may change what the strict flags mean.
  static func isNewEnough(_ version: UInt) -> Bool { version >= oldestVersion && version < 0x4000_0000 }
}
