import Credentials
import Encodings
import Fixtures
import PKI

/// 2026-11-22T09:15:03Z, a Sunday morning in Dubai.
let now = Instant(seconds: 1_795_338_903)

/// Made once; every test takes what it needs and changes a copy.
extension TestAuthority {
  /// Four chambers; and, for recognition and for strangers, a second authority of two.
  static let shared: Result<TestAuthority, any Error> = Result {
    let chambers = [("dubai", "DU"), ("sharjah", "SH"), ("ajman", "AJ"), ("fujairah", "FU")]
    return try TestAuthority(host: "khatm.example", now: now, chambers: chambers.map { ChamberPlan($0, $1) })
  }
  static let other: Result<TestAuthority, any Error> = Result {
    let chambers = [ChamberPlan("muscat", "MA"), ChamberPlan("sohar", "BA")]
    return try TestAuthority(host: "kamar.example", now: now, chambers: chambers)
  }
  static func get() throws -> TestAuthority { try shared.get() }

  var dubai: TestChamber { chambers[0] }
}

extension TrustList.Key {
  func until(_ end: Instant) -> TrustList.Key {
    TrustList.Key(
      jwk.publicKey,
      keyID: keyID,
      algorithm: jwk.algorithm ?? .es256,
      purpose: purpose,
      notBefore: notBefore,
      expires: end.seconds
    )
  }
  func from(_ begin: Instant) -> TrustList.Key {
    TrustList.Key(
      jwk.publicKey,
      keyID: keyID,
      algorithm: jwk.algorithm ?? .es256,
      purpose: purpose,
      notBefore: begin.seconds,
      expires: expires
    )
  }
}
