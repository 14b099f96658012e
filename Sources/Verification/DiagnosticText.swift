internal import Credentials
internal import Encodings

/// What a person reads as `what`, `why` or `step` of a reason.
enum DiagnosticText {
  /// Outside text is quoted in part only: a key id may be a kilobyte long.
  static func short(_ text: Text) -> Text {
    text.bytes.count <= 120 ? text : Text(String(decoding: text.bytes.prefix(120), as: UTF8.self) + "…")
  }

  static func of(_ error: CompactTokenRejection) -> String {
    switch error {
    case .tooLarge(let bytes, let max): "\(bytes) bytes, \(max) are allowed"
    case .parts(let count): "\(count) parts instead of three"
    case .encoding(let part): "the \(part.rawValue) is not base64url"
    case .header(let error): "the header is not JSON: \(error)"
    case .payload(let error): "the payload is not JSON: \(error)"
    case .headerMember(let name): "the header's \(name) is missing or wrong"
    case .critical: "it asks for an extension that is not known (crit)"
    case .unencodedPayload: "it asks for an unencoded payload (b64)"
    case .algorithmRefused(let name): "the algorithm \(name) is not accepted"
    }
  }

  static func of(_ problem: StatusRejection) -> String {
    switch problem {
    case .verification(let what): what
    case .length(let bits): "it has \(bits) bits only"
    case .range(let index, let bits): "place \(index) is outside its \(bits) bits"
    case .malformed(let error): error.description
    case .unpackingFailed: "it could not be unpacked"
    }
  }
}
