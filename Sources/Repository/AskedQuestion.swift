internal import Encodings
internal import Messages
internal import Verification

extension VerificationRequest {
  /// What a person typed, pasted or keeps in a file. A page in the link of an answer counts where none is stated.
  public init(typed bytes: [UInt8], host: String, page: String? = nil, wantsProof: Bool = false)
    throws(RequestRejection)
  {
    let asked = try Self.reading("input") { () throws(Asked.Rejection) in
      try Asked.read(bytes, from: .person, host: host)
    }
    self.init(Subject(asked.subject), page: try page.map(Self.page(typed:)) ?? asked.page, wantsProof: wantsProof)
  }

  /// A line of a list, which a program or a spreadsheet wrote.
  public init(line bytes: [UInt8], host: String, page: String? = nil, wantsProof: Bool = false)
    throws(RequestRejection)
  {
    let asked = try Self.reading("line") { () throws(Asked.Rejection) in
      try Asked.read(bytes, from: .program, host: host)
    }
    self.init(Subject(asked.subject), page: page, wantsProof: wantsProof)
  }

  /// The address of a page as a person typed it: what a form or an argument holds.
  public static func page(typed text: String) throws(RequestRejection) -> String {
    try reading("page") { () throws(Asked.Rejection) in try Asked.pageAddress(text, from: .person) }
  }

  /// The number that somebody typed, in its one spelling; nil: it is none. Wrong check characters are left as they are.
  public static func number(typed text: String) -> String? {
    do throws(Asked.Rejection) {
      switch try Asked.number(text) {
      case .number(let id): return id.description
      case .mistyped(let text): return text
      case .link, .token, .document, .picture: return nil
      }
    } catch {
      return nil
    }
  }

  /// The number in a member of a request.
  static func number(sent text: String) throws(RequestRejection) -> Asked.Subject {
    try reading("id") { () throws(Asked.Rejection) in try Asked.number(text) }
  }

  static func reading<T>(_ field: String, _ body: () throws(Asked.Rejection) -> T) throws(RequestRejection) -> T {
    do throws(Asked.Rejection) {
      return try body()
    } catch {
      throw RequestRejection(error, field: field)
    }
  }
}

extension VerificationRequest.Subject {
  init(_ asked: Asked.Subject) {
    self =
      switch asked {
      case .number(let id): .id(id.description)
      case .mistyped(let text): .id(text)
      case .link(let address): .link(address)
      case .token(let bytes), .document(let bytes): .token(bytes)
      case .picture(let bytes): .picture(bytes)
      }
  }
}

extension RequestRejection {
  init(_ rejection: Asked.Rejection, field: String) {
    switch rejection {
    case .unreadable(let form, let why):
      self.init(.unreadable, field: field, [.init("form", JSON(form.rawValue)), .init("why", JSON(why))])
    case .tokenDamaged(let part): self.init(.tokenDamaged, field: field, [.init("part", JSON(part))])
    case .pictureDamaged(let why): self.init(.pictureDamaged, field: field, [.init("why", JSON(why))])
    case .schemeMissing: self.init(ReasonCode.schemeMissing, field: field)
    case .notAnAddress: self.init(ReasonCode.notAnAddress, field: field)
    }
  }
}
