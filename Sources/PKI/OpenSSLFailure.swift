internal import COpenSSL

/// OpenSSL could not do what it was asked: we are broken (memory, a missing algorithm), not the data.
public struct OpenSSLFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The function that failed.
  public let call: String
  /// What the error queue of this thread held, oldest first; never key material.
  public let reasons: [String]

  public init(call: String, reasons: [String] = []) {
    self.call = call
    self.reasons = reasons
  }

  public var description: String {
    reasons.isEmpty ? "\(call) failed" : "\(call) failed: \(reasons.joined(separator: "; "))"
  }

  /// Empties the queue of this thread into one error. Must run in the same synchronous function as the failed call.
  static func drain(_ call: String) -> OpenSSLFailure { OpenSSLFailure(call: call, reasons: drainReasons()) }

  /// Empties the queue of this thread. The reasons name what OpenSSL saw, never key material.
  static func drainReasons() -> [String] {
    var reasons: [String] = []
    while true {
      let code = ERR_get_error()
      if code == 0 { return reasons }
      if let reason = ERR_reason_error_string(code) {
        reasons.append(String(cString: reason))
      } else {
        reasons.append("error \(code)")
      }
    }
  }
}
