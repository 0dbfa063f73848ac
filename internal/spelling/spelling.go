// Package spelling says how far apart two names are, so that a misspelt one can
// be answered with what may have been meant.
package spelling

// Meant is the most changes after which one name may have been meant by another:
// half of it, or two of a short one.
func Meant(name string) int { return max(2, len(name)/2) }

// Changes is the number of bytes to insert, remove or replace to get from a to
// b. It takes time in proportion to the product of their lengths.
func Changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
