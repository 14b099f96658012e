import Encodings
import HTTPTypes
import Hummingbird
import Messages
import Repository
import Verification

/// A request we cannot read, or cannot serve (RFC 9457). It tells nothing about our inside.
struct HTTPRejection: Error, Sendable {
  /// Kinds of problems, each with its stable word.
  enum Code: String, CaseIterable {
    case requestMalformed = "request_malformed"
    case queryRefused = "query_refused"
    case mediaTypeUnsupported =
      "media_type_unsupported"
    case notAcceptable = "not_acceptable"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case tooLarge =
      "too_large"
    case tooManyRequests = "too_many_requests"
    case overloaded
    case hostUnknown = "host_unknown"
    case `internal` = "internal"
    case tooManyReports = "too_many_reports"
    case reportsFull = "reports_full"
    case formOfAnotherSite = "form_of_another_site"
    case optionUnknown = "option_unknown"
    case pagesNotRead = "pages_not_read"
    case recordsUnavailable = "records_unavailable"

    var status: HTTPResponse.Status {
      switch self {
      case .requestMalformed, .queryRefused, .optionUnknown: .badRequest
      case .mediaTypeUnsupported: .unsupportedMediaType
      case .notAcceptable: .notAcceptable
      case .notFound: .notFound
      case .methodNotAllowed: .methodNotAllowed
      case .tooLarge: .contentTooLarge
      case .tooManyRequests, .tooManyReports: .tooManyRequests
      case .formOfAnotherSite: .forbidden
      case .overloaded, .recordsUnavailable, .reportsFull: .serviceUnavailable
      case .hostUnknown: .misdirectedRequest
      case .internal: .internalServerError
      case .pagesNotRead: .notImplemented
      }
    }

    var title: String {
      switch self {
      case .requestMalformed: "The request cannot be read"
      case .queryRefused: "The query is not one of this address"
      case .mediaTypeUnsupported: "The request has a type that is not read here"
      case .notAcceptable: "Nothing here has a type you accept"
      case .notFound: "There is nothing at this address"
      case .methodNotAllowed: "This address does not know the method"
      case .tooLarge: "The request is too large"
      case .tooManyRequests: "Too many requests"
      case .tooManyReports: "Too many reports"
      case .reportsFull: "No more reports can be taken at the moment"
      case .formOfAnotherSite: "The form stood on another site"
      case .overloaded: "Too much to do at the moment"
      case .recordsUnavailable: "The register cannot be read at the moment"
      case .hostUnknown: "This service has another name"
      case .internal: "Something went wrong on our side"
      case .optionUnknown: "An option is not known"
      case .pagesNotRead: "Pages are not read here: send the id, the link, the token or the picture as well"
      }
    }
  }

  let status: HTTPResponse.Status
  let code: String
  let title: String
  var detail: String?
  var params = JSONObject()
  var headers = HTTPFields()
  /// Instead of `https://HOST/problems/CODE`.
  var type: String?
  /// Set where the cause is one of ours, so that a page can say it in the reader's language.
  var refusal: RequestRejection?

  init(_ code: Code, _ detail: String? = nil, headers: HTTPFields = [:]) {
    status = code.status
    self.code = code.rawValue
    title = code.title
    self.detail = detail
    self.headers = headers
  }

  init(_ refusal: RequestRejection, status: HTTPResponse.Status = .unprocessableContent) {
    self.status = status
    code = refusal.code.rawValue
    title = refusal.sentence()
    self.refusal = refusal
    for param in refusal.params { params[Text(param.name)] = param.value }
    params["field"] = JSON(refusal.field)
  }

  /// A number that no record has: as a resource it does not exist.
  init(_ code: ReasonCode, params: [Reason.Param], status: HTTPResponse.Status) {
    self.init(RequestRejection(code, field: "id", params), status: status)
  }

  func json(host: String) -> JSON {
    var object = JSONObject([
      "type": JSON(type ?? "https://\(host)/problems/\(code)"), "title": JSON(title),
      "status": .integer(Int64(status.code)), "code": JSON(code),
      "detail": detail.map { JSON($0) },
    ])
    if !params.members.isEmpty { object["params"] = .object(params) }
    return .object(object)
  }

  func response(host: String) -> Response {
    var fields = headers
    fields[.contentType] = "application/problem+json"
    fields[.cacheControl] = "no-store"
    return Reply.bytes(json(host: host).canonical(), status: status, fields)
  }
}

/// Answers in the forms that routes give.
enum Reply {
  static func bytes(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, _ headers: HTTPFields) -> Response {
    Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// Canonical JSON that is written already.
  static func json(_ written: [UInt8]) -> Response { bytes(written, plainJSON) }
  static let plainJSON: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]

  static func json(_ value: JSON, cache: String = "no-store", status: HTTPResponse.Status = .ok, vary: String? = nil)
    -> Response
  {
    var fields: HTTPFields = [.contentType: "application/json", .cacheControl: cache]
    if let vary { fields[.vary] = vary }
    return bytes(value.canonical(), status: status, fields)
  }
}

extension HTTPField.Name {
  // literals of ours, all of them tokens
  static func own(_ name: String) -> HTTPField.Name { HTTPField.Name(name).unsafelyUnwrapped }
  static let frameOptions = own("X-Frame-Options"), permissionsPolicy = own("Permissions-Policy"),
    forwardedFor = own("X-Forwarded-For")
  static let referrerPolicy = own("Referrer-Policy"), openerPolicy = own("Cross-Origin-Opener-Policy"),
    resourcePolicy = own("Cross-Origin-Resource-Policy")
}
