-- Brands whose products cost more than 100 on average.
SELECT brand, count(*) AS products, round(avg(price), 2) AS avg_price
FROM 'brands.csv'
GROUP BY brand
HAVING avg(price) > 100
ORDER BY avg_price DESC, brand;
