/// Why a folder cannot be used at all. Everything that can heal while the program runs is an answer instead ("cannot
/// tell").
public enum OpenFailure: Error, Equatable, Sendable, CustomStringConvertible {
  case folderMissing(path: String)
  /// Neither pinned nor published.
  case anchorMissing(path: String)
  case anchorUnusable(why: String)
  case hostUnknown(path: String)
  case hostNotPlain(String)
  /// `authority.json` is not signed: it may not name another host than the signed trust list.
  case hostDiffers(stated: String, signed: String)

  public var description: String {
    switch self {
    case .folderMissing(let path): "there is no folder \(path)"
    case .anchorMissing(let path): "no trust anchor: \(path)/certs/root.pem cannot be read"
    case .anchorUnusable(let why): "the trust anchor cannot be read: \(why)"
    case .hostUnknown(let path): "\(path)/authority.json does not name the host"
    case .hostNotPlain(let host): "\(host) is not a host name"
    case .hostDiffers(let stated, let signed):
      "the folder is said to be of \(stated), but its list of chambers is of \(signed)"
    }
  }

  public var hint: String {
    switch self {
    case .folderMissing: "give the folder that `khatm` publishes, or a copy of it"
    case .anchorMissing, .anchorUnusable: "give the root certificate (PEM) as the anchor"
    case .hostUnknown, .hostNotPlain: "publish again, or name the host"
    case .hostDiffers: "copy the whole folder again from where it is published"
    }
  }
}
