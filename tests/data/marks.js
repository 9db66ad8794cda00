() => {
          const missed = []; let seen = 0
          const inSight = each => each.getBoundingClientRect().width > 0
          for (const figure of document.querySelectorAll("figure:not(#fig-region_use)")) {
            const centres = [...figure.querySelectorAll(".chart text")].filter(inSight).map(each => {
              const box = each.getBoundingClientRect()
              return [each.textContent, box.x + box.width / 2, box.y + box.height / 2] })
            for (const mark of [...figure.querySelectorAll("[role=option]")].filter(inSight)) {
              const box = mark.getBoundingClientRect(), label = mark.getAttribute("aria-label")
              const inside = centres.filter(([, x, y]) =>
                x > box.left && x < box.right && y > box.top && y < box.bottom)
              const told = label.slice(label.lastIndexOf(": ") + 2)
              if (!inside.some(([text]) => text && (told === text || told.startsWith(`${text} %`) ||
                  told.startsWith(`${text} (`)))) missed.push([figure.id, label, inside.map(([text]) => text)])
              seen += 1
            }
          }
          return [missed.slice(0, 5), seen] }
