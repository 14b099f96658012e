extension ReasonCode {
  public var undated: FourTexts? {
    switch self {
    case .suspended:
      FourTexts(
        en: "The chamber suspended it.",
        ar: "علّقتها الغرفة.",
        fr: "La chambre l’a suspendu.",
        zh: "商会已将其暂停。"
      )
    case .revoked:
      FourTexts(
        en: "The chamber withdrew it.",
        ar: "سحبتها الغرفة.",
        fr: "La chambre l’a retiré.",
        zh: "商会已将其撤销。"
      )
    case .superseded:
      FourTexts(
        en: "It was replaced by a newer certificate.",
        ar: "حلّت محلها شهادة أحدث.",
        fr: "Il a été remplacé par un certificat plus récent.",
        zh: "已由更新的证书取代。"
      )
    case .bindingStale:
      FourTexts(
        en: "The page had to be proved again.",
        ar: "كان يجب تجديد إثبات تبعية الصفحة.",
        fr: "L’appartenance de la page devait être prouvée à nouveau.",
        zh: "该页面须重新证明归属。"
      )
    default: nil
    }
  }
}
