# The figures that the tests of differences must reproduce: Rscript figures.R, in this folder. Base R only.
# An empty p is a test that R does not give: shares without variance, constant data.
exact <- function(x) sub("[.]?0+$", "", sprintf("%.4f", x))
real <- function(x) ifelse(is.na(x), "", sprintf("%.15e", x))

shares <- list(
  c(12, 100, 28, 100), c(28, 100, 12, 100), c(6, 50, 14, 50), c(0, 20, 5, 20), c(5, 20, 0, 20), c(20, 20, 15, 20),
  c(0, 10, 0, 12), c(10, 10, 12, 12), c(1, 1, 0, 1), c(1, 2, 1, 2), c(3, 7, 2, 9), c(1, 1000, 3, 900),
  c(500, 1000, 500, 1000), c(501, 1000, 499, 1000), c(10, 1000, 40, 1000), c(300, 1000, 100, 1000), c(999, 1000, 900, 1000),
  c(50000, 1000000, 50700, 1000000), c(400000, 1000000, 100000, 1000000), c(842, 8000, 700, 8100), c(2, 3, 17, 4000))
set.seed(7)
for (i in 1:60) {
  n <- sample(c(1:40, 200, 5000), 2)
  shares[[length(shares) + 1]] <- c(sample(0:n[1], 1), n[1], sample(0:n[2], 1), n[2])
}
rows <- sapply(shares, function(s) {
  t <- suppressWarnings(prop.test(c(s[1], s[3]), c(s[2], s[4]), correct = FALSE))
  paste(c(exact(s), real(t$p.value), real(t$conf.int)), collapse = ",")
})
writeLines(c("part1,n1,part2,n2,p,low,high", rows), "shares.csv")

means <- list(
  list(c(4, 8, 6, 5, 3), c(9, 7, 8, 10, 6)), list(c(1, 2), c(3, 4)), list(c(1, 2), c(1, 2)), list(c(1, 1, 1), c(2, 2, 2)),
  list(c(5, 5, 5), c(5, 5, 5)), list(c(5, 5, 5, 5), c(4, 6, 5, 7)), list(c(0, 0, 0, 1), c(0, 0, 0, 0, 0, 3)),
  list(c(-1, 0, 1, 1, -1), c(1, 1, 1, 0)), list(1:30, 2:31), list(1:30, (1:30) * 3), list(c(1, 1000000), c(2, 3, 4)),
  list(c(0.25, 0.5, 0.75), c(10.25, 10.5, 10.75)), list(c(10000.25, 10000.5, 10000.75), c(10000.5, 10001, 10001.5)),
  list(rep(c(1, 2, 3), 2000), rep(c(1, 2, 4), 2500)), list(rep(c(1, 2), 100000), rep(c(1, 2, 1), 70000)),
  list(rep(0:9, 100), c(0:9, 7)), list(c(3, 4), rep(0:9, 200)), list(rep(c(0, 1), 50), rep(c(0, 1, 1), 40)))
for (i in 1:40) {
  n <- sample(c(2:12, 50, 300), 2)
  means[[length(means) + 1]] <- list(round(rnorm(n[1], sample(-5:50, 1), sample(1:9, 1)), 2), round(rexp(n[2], 0.05), 2))
}
rows <- sapply(means, function(m) {
  t <- tryCatch(t.test(m[[1]], m[[2]]), error = function(e) list(p.value = NA, conf.int = c(NA, NA)))
  sums <- unlist(lapply(m, function(x) c(length(x), sum(x), sum(round(x * x, 4)))))
  paste(c(exact(sums), real(t$p.value), real(t$conf.int)), collapse = ",")
})
writeLines(c("n1,sum1,squares1,n2,sum2,squares2,p,low,high", rows), "means.csv")

z <- c(0, 1e-8, 0.1, 0.5, 1, 1.5, 1.959963984540054, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 37)
writeLines(c("z,p", paste(real(z), real(2 * pnorm(-z)), sep = ",")), "normal.csv")

points <- list(list(1:3, c(2, 4, 6)), list(1:5, c(3, 1, 4, 1, 5)), list(c(0, 31, 59, 90, 120), c(10.5, 11, 10.75, 12.25, 13)),
  list(1:4, c(7, 7, 7, 7)), list(c(0, 10, 20, 40), c(100, 80, 75, 20)))
rows <- sapply(points, function(p) {
  m <- lm(p[[2]] ~ p[[1]])
  r2 <- suppressWarnings(summary(m)$r.squared)
  if (length(unique(p[[2]])) == 1) r2 <- NA
  paste(paste(p[[1]], collapse = " "), paste(p[[2]], collapse = " "), real(coef(m)[1]), real(coef(m)[2]), real(r2), sep = ",")
})
writeLines(c("x,y,intercept,slope,r2", rows), "lines.csv")
