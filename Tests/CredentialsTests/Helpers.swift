import Encodings

@testable import Credentials

extension DIDDocument {
  /// What this document says about a verification method of a proof.
  func resolution(of method: Text) -> DataIntegrity.Resolution {
    do throws(DIDRejection) {
      return .key(try assertionMethod(method).key)
    } catch {
      if case .notForAssertion = error { return .notForAssertion }
      return .invalid
    }
  }
}

extension BitstringStatusList {
  /// The set bits in order.
  var setIndexes: [Int64] { (0..<Int64(count)).filter { self[$0] == true } }
}

/// The format of a picture that reads without a fault; nil for everything else.
func format(of picture: [UInt8]) -> Picture.Format? {
  do {
    return try Picture.read(picture)?.format
  } catch {
    return nil
  }
}
